import { Empty } from '@/shared/ui';

export default function Work() {
  return <Empty>Work</Empty>;
}
