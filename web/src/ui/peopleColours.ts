/** The colours a person may choose from: told apart on a light and on a dark canvas. */
export const peopleColours = [
  { name: 'Red', colour: '#e5484d' },
  { name: 'Orange', colour: '#e8711a' },
  { name: 'Yellow', colour: '#d6a400' },
  { name: 'Green', colour: '#30a46c' },
  { name: 'Teal', colour: '#0c9488' },
  { name: 'Blue', colour: '#2b7fe0' },
  { name: 'Violet', colour: '#7a5af0' },
  { name: 'Pink', colour: '#d6409f' },
] as const
