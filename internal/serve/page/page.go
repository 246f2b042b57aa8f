// Package page holds the web page of the service: plain files, served as they are. They
// ask for nothing but the service's own API and contain no inline scripts or styles, so
// that a strict Content-Security-Policy can be set.
package page

import "embed"

// Files holds index.html and all it names, without folders.
//
//go:embed index.html style.css icon.svg manifest.json *.js
var Files embed.FS
