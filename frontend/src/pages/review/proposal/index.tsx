import { Empty } from '@/shared/ui';

export default function Proposal() {
  return <Empty>Proposal</Empty>;
}
