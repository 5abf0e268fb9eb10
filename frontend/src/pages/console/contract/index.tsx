import { Empty } from '@/shared/ui';

export default function Contract() {
  return <Empty>Contract</Empty>;
}
