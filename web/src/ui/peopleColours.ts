/** The colours a person may choose from, which are those the server gives: white is read on them, on any canvas. */
export const peopleColours = [
  { name: 'Crimson', colour: '#c2255c' },
  { name: 'Pink', colour: '#d6336c' },
  { name: 'Purple', colour: '#9c36b5' },
  { name: 'Violet', colour: '#7048e8' },
  { name: 'Indigo', colour: '#4263eb' },
  { name: 'Blue', colour: '#1971c2' },
  { name: 'Cyan', colour: '#0b7285' },
  { name: 'Teal', colour: '#087f5b' },
  { name: 'Green', colour: '#27803a' },
  { name: 'Olive', colour: '#5c7c0a' },
  { name: 'Amber', colour: '#b35900' },
  { name: 'Orange', colour: '#cc430d' },
  { name: 'Red', colour: '#c92a2a' },
  { name: 'Brown', colour: '#8f5b34' },
] as const
