import { Empty } from '@/shared/ui';

export default function Invitations() {
  return <Empty>Invitations</Empty>;
}
