import { Empty } from '@/shared/ui';

export default function Ledger() {
  return <Empty>Ledger</Empty>;
}
