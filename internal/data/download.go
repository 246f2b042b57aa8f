package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// download is one file on its way.
type download struct {
	remoteFile
	path string // the final one
	opt  FetchOptions

	// etag is what the server at address called the content whose beginning
	// is in the part file.
	etag, address string
}

// maxTries bounds how often one mirror may break off.
const maxTries = 5

var (
	errWrongLength  = errors.New("wrong length")
	errWrongContent = errors.New("wrong content")
	errStalled      = errors.New("server went silent")
)

func (d *download) part() string { return d.path + ".part" }

// from completes the part file with what address serves and verifies it. It
// goes on from where the connection broke as long as that gets it further,
// and starts over when a resumed file turns out wrong: the fault may lie in
// the part that was there before.
func (d *download) from(ctx context.Context, address string) error {
	for range maxTries {
		before := d.have()
		err := d.request(ctx, address, before)
		switch after := d.have(); {
		case err == nil:
			err = d.verify(d.part())
			if err == nil {
				return nil
			}
			os.Remove(d.part())
			if before == 0 {
				return fmt.Errorf("%s: %w", address, err)
			}
		case ctx.Err() != nil:
			return ctx.Err()
		case !isBroken(err), after <= before:
			return fmt.Errorf("%s: %w", address, err)
		}
	}
	return fmt.Errorf("%s: connection broke %d times", address, maxTries)
}

// isBroken tells a connection that broke, which is worth another try, from
// an answer that will not change.
func isBroken(err error) bool {
	return !errors.Is(err, errWrongLength) && !errors.Is(err, errStatus{})
}

// have returns the size of the part file, having removed an impossible one.
func (d *download) have() int64 {
	info, err := os.Stat(d.part())
	if err != nil {
		return 0
	}
	if info.Size() > d.size {
		os.Remove(d.part())
		return 0
	}
	return info.Size()
}

// request asks address for all that is missing behind have bytes and
// appends it to the part file. It gives up when nothing arrives for a while.
func (d *download) request(ctx context.Context, address string, have int64) error {
	if have == d.size {
		return nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(d.opt.Stall, func() { cancel(errStalled) })
	defer watch.Stop()
	err := d.transfer(ctx, address, have, func() { watch.Reset(d.opt.Stall) })
	if err != nil && errors.Is(context.Cause(ctx), errStalled) {
		return errStalled
	}
	return err
}

// transfer makes one request; it calls alive whenever something arrives.
func (d *download) transfer(ctx context.Context, address string, have int64, alive func()) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return brief(err)
	}
	// Left to itself, the transport would ask for compression and undo it.
	req.Header.Set("Accept-Encoding", "identity")
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
		if d.address == address && d.etag != "" {
			req.Header.Set("If-Range", d.etag)
		}
	}
	resp, err := d.opt.Client.Do(req)
	if err != nil {
		return brief(err)
	}
	defer resp.Body.Close()
	from, err := d.accept(resp, have)
	if err != nil {
		return err
	}
	d.address, d.etag = address, strongTag(resp)
	return d.save(resp.Body, from, alive)
}

// brief removes from a request's error the URL, which is told anyway.
func brief(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// errStatus is an answer other than the content.
type errStatus struct{ status string }

func (e errStatus) Error() string { return "server answers " + e.status }

func (e errStatus) Is(target error) bool { _, ok := target.(errStatus); return ok }

// accept checks the answer's header and returns where in the file its body
// belongs: behind the part at hand, or at 0 when the server sends everything.
func (d *download) accept(resp *http.Response, have int64) (from int64, err error) {
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusPartialContent:
		from = have
		var first, last, total int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total); err != nil || first != have || total != d.size {
			return 0, fmt.Errorf("%w: sends %q, want bytes %d-%d/%d", errWrongLength, resp.Header.Get("Content-Range"), have, d.size-1, d.size)
		}
	default:
		return 0, errStatus{resp.Status}
	}
	if n := resp.ContentLength; n >= 0 && from+n != d.size {
		return 0, fmt.Errorf("%w: file of %d bytes, want %d", errWrongLength, from+n, d.size)
	}
	return from, nil
}

// strongTag returns the ETag of an answer when it promises identical bytes.
func strongTag(resp *http.Response) string {
	if tag := resp.Header.Get("ETag"); !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return ""
}

// save writes body to the part file behind its first from bytes, and calls
// alive whenever something has arrived.
func (d *download) save(body io.Reader, from int64, alive func()) (err error) {
	f, err := os.OpenFile(d.part(), os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Truncate(from); err != nil {
		return err
	}
	if _, err := f.Seek(from, io.SeekStart); err != nil {
		return err
	}
	n, err := io.Copy(f, &metered{r: io.LimitReader(body, d.size-from+1), seen: func(n int64) {
		alive()
		d.report(min(from+n, d.size))
	}})
	switch {
	case err != nil:
		return err
	case from+n > d.size:
		return fmt.Errorf("%w: more than %d bytes", errWrongLength, d.size)
	case from+n < d.size:
		return fmt.Errorf("content ends after %d of %d bytes", from+n, d.size)
	}
	return nil
}

func (d *download) report(done int64) {
	if d.opt.Progress != nil {
		d.opt.Progress(FetchProgress{d.name, done, d.size})
	}
}

// metered tells how much has been read.
type metered struct {
	r    io.Reader
	n    int64
	seen func(n int64)
}

func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.n += int64(n)
	m.seen(m.n)
	return n, err
}
