package continual

import "io"

// Picture draws reports as a PNG.
type Picture func(reports []*Report) func(io.Writer) error
