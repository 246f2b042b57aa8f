package data

import (
	"context"
	"io"
	"os"

	"github.com/pffedge/pffedge/model"
)

// onDisk leaves f's images on disk: where they are if they lie there as they
// are wanted, else unpacked, or scaled, in a temporary file. It finds what
// items finds wrong.
func (f *idxFile) onDisk(ctx context.Context, from, to model.Input) (*diskImages, error) {
	same := from.Width == to.Width && from.Height == to.Height
	if same {
		if d, err := f.inPlace(); d != nil || err != nil {
			return d, err
		}
	}
	if err := checkBytes(f.name, f.count(), to.Size()); err != nil {
		return nil, err
	}
	image := make([]byte, from.Size())
	d, err := spool(ctx, f.name, f.count(), to.Size(), func(i int) ([]byte, error) {
		if n, err := io.ReadFull(f.r, image); err != nil {
			return nil, f.early(f.at+int64(i*len(image)+n), err)
		}
		return resizeAll(ctx, f.name, image, from, to)
	})
	if err != nil {
		return nil, err
	}
	if err := f.end(); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// inPlace opens the file's images where they are, or returns nil where they
// are compressed or no file holds them.
func (f *idxFile) inPlace() (*diskImages, error) {
	file, err := os.Open(f.name)
	if err != nil {
		return nil, err
	}
	d, err := f.placed(file)
	if d == nil {
		file.Close()
	}
	return d, err
}

func (f *idxFile) placed(file *os.File) (*diskImages, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	head := make([]byte, len(gzipMagic))
	if _, err := file.ReadAt(head, 0); err != nil || !info.Mode().IsRegular() || string(head) == string(gzipMagic) {
		return nil, nil
	}
	switch end := f.at + int64(f.count())*int64(f.itemSize()); {
	case info.Size() < end:
		return nil, f.early(info.Size(), io.ErrUnexpectedEOF)
	case info.Size() > end:
		return nil, f.tooLong()
	}
	return &diskImages{name: f.name, f: file, at: f.at, buf: make([]byte, f.itemSize())}, nil
}
