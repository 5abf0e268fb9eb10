import { Empty } from '@/shared/ui';

export default function Organisation() {
  return <Empty>Organisation</Empty>;
}
