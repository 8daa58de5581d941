"""Extensions of files that are not pages. Any other ending may belong to a page: /tag/asp.net, /users/j.smith.

Endings that are domains or names more often than files (com, net, md, rs, so, ai, sh, the c of Washington,_D.C) are
left out on purpose.
"""

_OF_PAGES = (
    "css scss less js mjs cjs jsx ts map wasm json jsonld webmanifest manifest appcache htc swf class axd ashx asmx"
)
_IMAGES = "png apng jpg jpeg jpe jfif pjpeg gif bmp tif tiff ico cur svg svgz webp avif heic heif jxl hdr exr psd"
_FONTS = "woff woff2 ttf otf ttc eot pfb"
_MEDIA = (
    "mp2 mp3 mp4 m4a m4v m4s m3u m3u8 mpd aac oga ogg ogv opus wav wma wmv weba webm mid midi flac flv avi mov mpg mpeg"
    " mkv 3gp vtt srt"
)
_DATA = (
    "xml xsl xslt xsd rss atom rdf txt csv tsv yml yaml toml ini conf cfg env log sql sqlite bak orig swp"
    " ics vcf gpx kml kmz geojson topojson pbf mvt glb gltf"
    " usdz ktx2 stl fbx lottie parquet p7s asc sig sha1 sha256 md5 pem crt cer"
    " py pyc lua cpp hpp java patch diff pcap"
)
_DOWNLOADS = (
    "pdf doc docx xls xlsx xlsm ppt pptx pps ppsx odt ods odp odg odb rtf tex ps eps epub mobi azw3 djvu ibooks"
    " zip 7z gz gzip tgz tar bz2 tbz xz txz zst rar jar war apk aab ipa deb rpm msi msix exe dmg pkg iso img bin dat"
    " cab torrent gem whl appimage"
)

STATIC_EXTENSIONS = frozenset(" ".join((_OF_PAGES, _IMAGES, _FONTS, _MEDIA, _DATA, _DOWNLOADS)).encode().split())
