import { Empty } from '@/shared/ui';

export default function Cycle() {
  return <Empty>Cycle</Empty>;
}
