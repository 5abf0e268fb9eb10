import { Empty } from '@/shared/ui';

export default function Queue() {
  return <Empty>Queue</Empty>;
}
