import { Empty } from '@/shared/ui';

export default function TopicNew() {
  return <Empty>TopicNew</Empty>;
}
