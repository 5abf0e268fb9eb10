import { Empty } from '@/shared/ui';

export default function Topics() {
  return <Empty>Topics</Empty>;
}
