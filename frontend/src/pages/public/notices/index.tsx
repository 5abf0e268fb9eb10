import { Empty } from '@/shared/ui';

export default function Notices() {
  return <Empty>Notices</Empty>;
}
