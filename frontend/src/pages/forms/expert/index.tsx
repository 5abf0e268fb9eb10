import { Empty } from '@/shared/ui';

export default function Expert() {
  return <Empty>Expert</Empty>;
}
