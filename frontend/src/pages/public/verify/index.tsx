import { Empty } from '@/shared/ui';

export default function Verify() {
  return <Empty>Verify</Empty>;
}
