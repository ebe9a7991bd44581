import { newsView } from '../views/news.ts';
import { startView } from './start.ts';

void startView(newsView);
