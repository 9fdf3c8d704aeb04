/** The database's URL as a setting: which are taken, and how one is shown without the password that it may hold. */
import { z } from 'zod';
import { isPostgresUrl, problemOf, shownUrl } from '../store/postgres/url.ts';

const SQLITE = /^sqlite:(?!:memory:|~)(?!.*[?#\0]).{1,4000}$/;

export const databaseUrl = z
  .string({
    error: 'is not a database URL. Give one like sqlite:./data/gradeway.db or postgres://user:password@host/name',
  })
  .superRefine((url, context) => {
    if (isPostgresUrl(url)) {
      const message = problemOf(url);
      if (message !== undefined) context.addIssue({ code: 'custom', message });
    } else if (!SQLITE.test(url))
      context.addIssue({
        code: 'custom',
        message:
          'is not a database URL. Give sqlite: and the path of a file, as in sqlite:./data/gradeway.db, or postgres://user:password@host/name',
      });
  });

/** Without the password of a server. */
export function shownDatabase(url: string): string {
  return isPostgresUrl(url) ? shownUrl(url) : url;
}
