package data

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// FetchOptions says how to fetch. The zero value is ready for use.
type FetchOptions struct {
	// Mirrors are base URLs to use in place of the known ones.
	Mirrors []string
	// Client makes the requests; by default one that gives up on servers
	// that do not answer.
	Client *http.Client
	// Progress, when not nil, is called now and then, and at the end of
	// each file.
	Progress func(FetchProgress)
	// Stall is how long a server may send nothing; 0 means a minute.
	Stall time.Duration
}

// FetchProgress is how far a file has come.
type FetchProgress struct {
	File        string
	Done, Total int64 // bytes
}

// ErrUnknownSet is wrapped when Fetch does not know a name.
var ErrUnknownSet = errors.New("unknown data set")

// FetchError is a file that no mirror delivered.
type FetchError struct {
	File     string
	Attempts []error // one a mirror, in order
}

// Error lists all attempts on one line.
func (e *FetchError) Error() string {
	reasons := make([]string, len(e.Attempts))
	for i, err := range e.Attempts {
		reasons[i] = err.Error()
	}
	return fmt.Sprintf("fetch %s: %s", e.File, strings.Join(reasons, "; "))
}

func (e *FetchError) Unwrap() []error { return e.Attempts }

// Fetch downloads the files of a data set into dir, which is made when
// missing. Files already there and right stay; a download that was cut off
// goes on where it stopped, from name.part. Only a file of the right size
// and SHA-256 gets its final name, so that whatever has that name after a
// successful Fetch is right.
//
// It tries each mirror in turn and returns a [*FetchError] when none
// delivers. When ctx ends, it returns the context's error and leaves what
// it has for the next time.
func Fetch(ctx context.Context, name, dir string, opt FetchOptions) error {
	set, ok := remoteSets[name]
	if !ok {
		return fmt.Errorf("%w %s, want one of %s", ErrUnknownSet, quoteShort(name), listNames(FetchNames()))
	}
	if opt.Mirrors != nil {
		set.mirrors = opt.Mirrors
	}
	return set.fetch(ctx, dir, opt)
}

func (s remoteSet) fetch(ctx context.Context, dir string, opt FetchOptions) error {
	if len(s.mirrors) == 0 {
		return errors.New("no mirrors to fetch from")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if opt.Client == nil {
		opt.Client = patientClient()
	}
	if opt.Stall == 0 {
		opt.Stall = time.Minute
	}
	for _, file := range s.files {
		d := &download{remoteFile: file, path: filepath.Join(dir, file.name), opt: opt}
		if err := d.run(ctx, s.mirrors); err != nil {
			return err
		}
	}
	return nil
}

// patientClient waits for slow downloads, but not for dead servers.
func patientClient() *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 15 * time.Second}).DialContext
	t.ResponseHeaderTimeout = 30 * time.Second
	return &http.Client{Transport: t}
}

// run makes the file appear at d.path.
func (d *download) run(ctx context.Context, mirrors []string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.verify(d.path) == nil {
		d.report(d.size)
		return nil
	}
	failed := &FetchError{File: d.name}
	for _, base := range mirrors {
		url := strings.TrimSuffix(base, "/") + "/" + d.name
		err := d.from(ctx, url)
		if err == nil {
			return d.install()
		}
		if ctx.Err() != nil {
			return fmt.Errorf("fetch %s: %w", d.name, ctx.Err())
		}
		failed.Attempts = append(failed.Attempts, err)
	}
	return failed
}
