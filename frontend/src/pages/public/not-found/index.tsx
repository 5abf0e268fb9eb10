import { NotFound } from '@/shared/ui';

export default NotFound;
