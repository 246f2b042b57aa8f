// Package show presents results: pictures of many images as PNG, drawings of
// images in a terminal or a log, progress, tables and readable quantities.
//
// It decides nothing about the standard streams: every function writes to the
// writer it is given, and whether that is a terminal is the caller's word.
// Apart from [Progress], whose figures depend on the clock, the same arguments
// give the same bytes. Names come from data sets and model files; before they
// are printed, control characters in them are replaced, so that they cannot
// steer a terminal.
package show
