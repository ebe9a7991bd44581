/** The header that tells the schema of the mirror in an answer, so that another one is not even downloaded. */
export const schemaHeader = 'x-dunetrace-schema';
