/** Where the module is that reads the texts of logs, for threads of the store: beside this file and with its ending, `.ts` in a checkout, `.js` once built. */
export const TEXT_READER = new URL(`./log-texts${import.meta.filename.slice(-3)}`, import.meta.url).href;
