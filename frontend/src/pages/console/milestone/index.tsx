import { Empty } from '@/shared/ui';

export default function Milestone() {
  return <Empty>Milestone</Empty>;
}
