import { Empty } from '@/shared/ui';

export default function Submit() {
  return <Empty>Submit</Empty>;
}
