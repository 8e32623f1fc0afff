import { Button } from './Button'

/** Beside the sentence that says what could not be loaded. */
export const TryAgain = ({ onClick }: { onClick: () => void }) => (
  <Button size="small" onClick={onClick}>
    Try again
  </Button>
)
