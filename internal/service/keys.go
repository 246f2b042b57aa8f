package service

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/pffedge/pffedge/internal/lessons"
	"github.com/pffedge/pffedge/model/durable"
)

// keysFile is the file in the store's folder that holds idempotency keys, a line of JSON
// each.
const keysFile = "KEYS"

// keysKept is how many keys are remembered, the newest, and MaxKey how long one may be.
const (
	keysKept = 1000
	MaxKey   = 200
)

// Key makes a request safe to send again: the same key with the same request is done
// once, whatever crashes in between, as long as the key is among the last 1000.
type Key struct {
	Name string // the client's; "" for none
	sum  string // of the request
}

// NewKey returns the key of a request, of which parts are all that matters.
func NewKey(name string, parts ...any) (Key, error) {
	if name == "" {
		return Key{}, nil
	}
	if len(name) > MaxKey {
		return Key{}, badRequest("an idempotency key of %d bytes, want at most %d", len(name), MaxKey)
	}
	h := sha256.New()
	for _, part := range parts {
		if b, ok := part.([]byte); ok {
			fmt.Fprintf(h, "%d:", len(b))
			h.Write(b)
			continue
		}
		fmt.Fprintf(h, "%#v\x00", part)
	}
	return Key{name, hex.EncodeToString(h.Sum(nil)[:16])}, nil
}

// keyed is a key that has been used.
type keyed struct {
	Key      string    `json:"key"`
	Sum      string    `json:"sum"`
	Sequence uint64    `json:"sequence"` // the number that the operation was to get
	Void     bool      `json:"void,omitempty"`
	Time     time.Time `json:"time"`

	done *Done // in this run
}

// keyring remembers keys. A key is on the medium before its operation, with the number
// that this will have: if the log has an operation of that number, it was done. What
// failed is made void, so that the next of that number is not taken for it.
type keyring struct {
	fsys durable.FS
	path string
	list []*keyed // the newest last
	file durable.File
	size int64
}

// openKeys reads the keys of a store whose next operation gets the number next. What has
// such a number, or a greater one, was never done.
func openKeys(fsys durable.FS, dir string, next uint64) (*keyring, error) {
	k := &keyring{fsys: fsys, path: filepath.Join(dir, keysFile)}
	f, err := fsys.Open(k.path)
	if errors.Is(err, fs.ErrNotExist) {
		return k, k.rewrite()
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(io.NewSectionReader(f, 0, size))
	for lines.Scan() {
		var key keyed
		// What cannot be read is what a crash has left of a key that was not used yet.
		if json.Unmarshal(lines.Bytes(), &key) != nil || key.Key == "" {
			continue
		}
		k.note(&key)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", k.path, err)
	}
	k.list = slices.DeleteFunc(k.list, func(key *keyed) bool { return key.Sequence >= next })
	return k, k.rewrite()
}

// note takes in a line.
func (k *keyring) note(key *keyed) {
	k.list = slices.DeleteFunc(k.list, func(old *keyed) bool { return old.Key == key.Key })
	if !key.Void {
		k.list = append(k.list, key)
	}
	k.list = slices.Delete(k.list, 0, max(len(k.list)-keysKept, 0))
}

// find returns what a key was used for, or nil.
func (k *keyring) find(key Key) (*keyed, error) {
	i := slices.IndexFunc(k.list, func(old *keyed) bool { return old.Key == key.Name })
	if i < 0 {
		return nil, nil
	}
	if k.list[i].Sum != key.sum {
		return nil, fmt.Errorf("%w: %q", ErrKey, key.Name)
	}
	return k.list[i], nil
}

// begin notes on the medium that an operation with a number is about to be done.
func (k *keyring) begin(key Key, sequence uint64) (*keyed, error) {
	used := &keyed{Key: key.Name, Sum: key.sum, Sequence: sequence, Time: time.Now().UTC()}
	return used, k.append(used)
}

// void notes that it was not.
func (k *keyring) void(used *keyed) error {
	return k.append(&keyed{Key: used.Key, Sum: used.Sum, Sequence: used.Sequence, Void: true, Time: time.Now().UTC()})
}

func (k *keyring) append(key *keyed) error {
	line, err := json.Marshal(key)
	if err != nil {
		return err
	}
	line = append(line, '\n')
	if k.file == nil || k.size > keysKept*(MaxKey+300) {
		if err := k.rewrite(); err != nil {
			return err
		}
	}
	if _, err = k.file.WriteAt(line, k.size); err == nil {
		err = k.file.Sync()
	}
	if err != nil {
		k.close() // and the next one writes the file anew
		return fmt.Errorf("%s: %w", k.path, err)
	}
	k.size += int64(len(line))
	k.note(key)
	return nil
}

// rewrite writes the file with what is remembered, and opens it.
func (k *keyring) rewrite() error {
	k.close()
	var b bytes.Buffer
	for _, key := range k.list {
		line, err := json.Marshal(key)
		if err != nil {
			return err
		}
		b.Write(append(line, '\n'))
	}
	err := durable.WriteAtomic(k.fsys, k.path, func(w io.Writer) error {
		_, err := w.Write(b.Bytes())
		return err
	})
	if err != nil {
		return err
	}
	if k.file, err = k.fsys.Edit(k.path); err != nil {
		return err
	}
	k.size = int64(b.Len())
	return nil
}

func (k *keyring) close() {
	if k.file != nil {
		k.file.Close()
		k.file = nil
	}
}

// doneBefore returns what is known of a request that was done.
func (k *keyed) doneBefore(kind, class string, samples int) *Done {
	if k.done != nil {
		again := *k.done
		again.Replayed = true
		return &again
	}
	return &Done{Line: lessons.Line{Operation: k.Sequence, Kind: kind, Class: class, Samples: samples}, Replayed: true}
}
