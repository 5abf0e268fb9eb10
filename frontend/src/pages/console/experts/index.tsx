import { Empty } from '@/shared/ui';

export default function Experts() {
  return <Empty>Experts</Empty>;
}
