import { Empty } from '@/shared/ui';

export default function Notice() {
  return <Empty>Notice</Empty>;
}
