// A sentence of the page with {places} in it: the page says the words in its language, a script the figures.
export const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
