/** What a promise rejects with, as text. */
export const messageOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    return String(error);
  }
  return 'no error';
};
