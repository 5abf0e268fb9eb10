import { Empty } from '@/shared/ui';

export default function Topic() {
  return <Empty>Topic</Empty>;
}
