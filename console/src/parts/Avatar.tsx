interface Props {
  avatar: { name: string; color: string; kind: string }
}

const COLORS = 8

/** The first letter on a colour of its own; the name stands beside it. */
export function Avatar({ avatar }: Props) {
  const letter = avatar.name.replace(/^.*\+/, '').charAt(0).toUpperCase()
  const number = [...avatar.name].reduce((sum, sign) => sum + (sign.codePointAt(0) ?? 0), 0) % COLORS
  return (
    <span className={`avatar avatar-${number}${avatar.kind === 'org' ? ' avatar-square' : ''}`} aria-hidden="true">
      {letter}
    </span>
  )
}
