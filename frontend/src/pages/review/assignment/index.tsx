import { Empty } from '@/shared/ui';

export default function Assignment() {
  return <Empty>Assignment</Empty>;
}
