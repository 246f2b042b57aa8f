package continual

import "io"

func Curves(reports []*Report) func(io.Writer) error  { return func(w io.Writer) error { return nil } }
func Recalls(reports []*Report) func(io.Writer) error { return func(w io.Writer) error { return nil } }
