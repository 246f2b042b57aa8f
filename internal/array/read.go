package array

import (
	"errors"
	"fmt"
	"io"
	"math"
)

// chunk is how many bytes are allocated at once while nothing proves that a
// file holds as much as it claims.
const chunk = 1 << 18

// Read reads n bytes from r. Its memory grows with what has arrived. Where r
// ends before, the error is ErrTruncated.
func Read(r io.Reader, n int64) ([]byte, error) {
	if n < 0 || n > MaxBytes || n > math.MaxInt {
		return nil, fmt.Errorf("%w: %d bytes", ErrTooLarge, n)
	}
	b := make([]byte, min(n, chunk))
	done := 0
	for {
		k, err := io.ReadFull(r, b[done:])
		done += k
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, fmt.Errorf("%w: %d bytes of %d", ErrTruncated, done, n)
		}
		if err != nil {
			return nil, err
		}
		if int64(done) == n {
			return b, nil
		}
		grown := make([]byte, min(n, 2*int64(done)))
		copy(grown, b)
		b = grown
	}
}

// End expects that r ends here.
func End(r io.Reader) error {
	var b [1]byte
	switch _, err := io.ReadFull(r, b[:]); {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: more bytes after the end", ErrFormat)
}
