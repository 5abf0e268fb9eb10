import { Empty } from '@/shared/ui';

export default function Rules() {
  return <Empty>Rules</Empty>;
}
