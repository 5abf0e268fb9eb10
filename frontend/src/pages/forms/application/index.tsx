import { Empty } from '@/shared/ui';

export default function Application() {
  return <Empty>Application</Empty>;
}
