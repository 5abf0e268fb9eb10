import { Empty } from '@/shared/ui';

export default function SignIn() {
  return <Empty>SignIn</Empty>;
}
