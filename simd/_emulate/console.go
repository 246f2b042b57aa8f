package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// These marks enclose the program's output on the console; init prints them.
const (
	startMark = "=== emulated run"
	endMark   = "=== emulated exit status "
)

// console passes on the program's part of what the machine prints.
type console struct {
	out     io.Writer
	partial []byte   // a line without its end
	kernel  []string // what came before the program
	started bool
	status  string // the number behind the end mark
}

// Write takes the next piece of the console's text.
func (c *console) Write(text []byte) (n int, err error) {
	c.partial = append(c.partial, text...)
	for {
		line, rest, whole := bytes.Cut(c.partial, []byte("\n"))
		if !whole {
			return len(text), nil
		}
		c.line(strings.ToValidUTF8(strings.TrimRight(string(line), "\r"), "?"))
		c.partial = bytes.Clone(rest)
	}
}

func (c *console) line(line string) {
	output, status, ended := strings.Cut(line, endMark)
	switch {
	case c.status != "": // the kernel's last words
	case !c.started:
		c.kernel = append(c.kernel, line)
		c.started = line == startMark
	case ended:
		fmt.Fprint(c.out, output) // what the program left without a line end
		c.status = status
	default:
		fmt.Fprintln(c.out, line)
	}
}

// exitStatus returns the program's status, or what went wrong.
func (c *console) exitStatus() (code int, err error) {
	if !c.started {
		return 1, fmt.Errorf("the kernel did not start the program:\n%s", strings.Join(c.kernel, "\n"))
	}
	if _, err := fmt.Sscanf(c.status, "%d", &code); err != nil {
		return 1, errors.New("the machine stopped before the program ended")
	}
	return code, nil
}

// follow copies the file that the emulator writes as it grows, until done is
// closed and the rest is read.
func (c *console) follow(path string, done <-chan struct{}) error {
	var file *os.File
	for last := false; !last; {
		select {
		case <-done:
			last = true
		case <-time.After(200 * time.Millisecond):
		}
		if file == nil {
			var err error
			if file, err = os.Open(path); err != nil {
				continue // written to for the first time when the kernel starts
			}
			defer file.Close()
		}
		if _, err := io.Copy(c, file); err != nil {
			return err
		}
	}
	if file == nil {
		return errors.New("the emulator wrote no console")
	}
	return nil
}
