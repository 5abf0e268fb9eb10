import { Empty } from '@/shared/ui';

export default function Applications() {
  return <Empty>Applications</Empty>;
}
