// Package data opens labelled data sets for training and evaluation, reads
// unlabelled samples for prediction, draws synthetic digits and fetches the
// usual public sets.
//
// [Open] reads four kinds of set:
//
//   - a folder with MNIST's four IDX files, plain or gzipped;
//   - a folder of class folders of PNG or JPEG images, or of train and test
//     folders that hold class folders;
//   - a CSV file with a label column, or a folder with train.csv and
//     test.csv;
//   - the word "synthetic": digits drawn by this package.
//
// Images become grey: colours by their luma, transparent parts as if on
// white paper. They are stretched to the wanted size, whatever their shape,
// with a Catmull–Rom filter. Class folders become 28×28 pixels unless told
// otherwise; IDX images keep their size.
//
// The features of a CSV file are scaled to 0…1 by their extremes in the
// training split; a constant feature becomes 0.
//
// A set without splits of its own is split in one fixed way: of the samples
// of each class, in the order of the file, every sixth is a test sample.
//
// A set lies in memory, or, with Options.OnDisk, its images stay in their file
// or in a temporary one: MNIST then takes half a megabyte instead of 47. A read
// that fails later shows as a label of -1 and in Set.Err.
//
// A [Set] does not change once opened, so any number of goroutines may read
// it. What Open returns depends on the files and options alone, not on the
// number of cores or the platform; only images that had to be resized may
// differ between platforms, in the last bit of a pixel.
//
// Every length a file claims is checked against a cap, and memory grows with
// the bytes that really arrive. A malformed file yields a [*FileError].
package data
