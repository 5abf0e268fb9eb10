import { Empty } from '@/shared/ui';

export default function Contracts() {
  return <Empty>Contracts</Empty>;
}
