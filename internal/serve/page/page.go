// Package page holds the page of the service, as it is served.
package page

import "embed"

// Files are the files of the page.
//
//go:embed *.html *.js *.svg *.json
var Files embed.FS
