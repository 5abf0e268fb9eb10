import { Empty } from '@/shared/ui';

export default function SignUp() {
  return <Empty>SignUp</Empty>;
}
