#!/usr/bin/env bash
# Makes the fake cameras and the voice of the browser suite in target/cameras, where they are missing. About ten seconds.
# Everything in them says that it is a specimen: the passport is the one of ICAO Doc 9303, of a land that does not exist.
set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
OUT="$ROOT/target/cameras"
SANS=/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf
OCR=/usr/share/fonts/opentype/ocr-b/OCRB.otf
[ -f "$OCR" ] || OCR=/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf
SECONDS_LONG=4
mkdir -p "$OUT"
cd "$OUT"

# The document lies flat and sways a little, as in a hand.
passport() {
    [ -f passport.mjpeg ] && return
    printf %s 'P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<' >line1.txt
    printf %s 'L898902C36UTO7408122F1204159ZE184226B<<<<<10' >line2.txt
    ffmpeg -v error -y -f lavfi -i color=c=0xE8E4D0:s=1250x880 -frames:v 1 -update 1 -vf "
        drawtext=fontfile=$SANS:text='UTOPIA  PASSPORT  SPECIMEN':x=60:y=40:fontsize=44:fontcolor=0x203060,
        drawbox=x=60:y=130:w=320:h=420:color=0x8090a0:t=fill,
        drawtext=fontfile=$SANS:text='ERIKSSON':x=430:y=160:fontsize=40:fontcolor=black,
        drawtext=fontfile=$SANS:text='ANNA MARIA':x=430:y=230:fontsize=40:fontcolor=black,
        drawtext=fontfile=$OCR:textfile=line1.txt:x=40:y=700:fontsize=38:fontcolor=black:expansion=none,
        drawtext=fontfile=$OCR:textfile=line2.txt:x=40:y=780:fontsize=38:fontcolor=black:expansion=none" document.png
    ffmpeg -v error -y -f lavfi -i "color=c=0x705840:s=1280x720:r=15:d=$SECONDS_LONG" -loop 1 -t $SECONDS_LONG -r 15 -i document.png \
        -filter_complex "[1]scale=1000:-1[d];[0][d]overlay=x='140+8*sin(2*PI*t/4)':y='10+4*cos(2*PI*t/4)',noise=alls=4:allf=t,format=yuvj420p" \
        -t $SECONDS_LONG -c:v mjpeg -q:v 3 -an -f mjpeg passport.part
    mv passport.part passport.mjpeg
}

# somebody NAME WALL CLOTHES WORDS: a drawn head that nods before a wall.
somebody() {
    [ -f "$1.mjpeg" ] && return
    ffmpeg -v error -y -f lavfi -i "color=c=0xC99A76@0:s=150x190,format=rgba,geq=r=196:g=152:b=118:a='255*lt(hypot((X-75)/75\,(Y-95)/95)\,1)'" -frames:v 1 -update 1 head.png
    ffmpeg -v error -y -f lavfi -i "color=c=$2:s=640x360:r=15:d=$SECONDS_LONG" -loop 1 -t $SECONDS_LONG -r 15 -i head.png -filter_complex "
        [0]drawbox=x=200:y=250:w=240:h=110:color=$3:t=fill[b];
        [b][1]overlay=x='245+14*sin(2*PI*t/4)':y='80+8*cos(PI*t)',
        drawtext=fontfile=$SANS:text='$4':x=(w-tw)/2:y=h-32:fontsize=20:fontcolor=white,noise=alls=3:allf=t,format=yuvj420p" \
        -t $SECONDS_LONG -c:v mjpeg -q:v 4 -an -f mjpeg "$1.part"
    mv "$1.part" "$1.mjpeg"
}

voice() {
    [ -f voice.wav ] && return
    espeak-ng -v es -s 150 -w voice.part.wav \
        "Esta es una voz de prueba. No es de ninguna persona. Uno, dos, tres, cuatro, cinco, seis, siete, ocho, nueve, diez."
    ffmpeg -v error -y -i voice.part.wav -ar 48000 -ac 1 -c:a pcm_s16le voice.full.wav
    mv voice.full.wav voice.wav
}

passport
somebody person 0x55707F 0x7A4B3A 'PERSONA DE PRUEBA · SPECIMEN'
somebody relative 0x6E6A4F 0x2F5D50 'FAMILIAR DE PRUEBA · SPECIMEN'
somebody official 0x4A4F66 0x33384D 'OFICIAL DE PRUEBA · SPECIMEN'
voice
rm -f line1.txt line2.txt document.png head.png voice.part.wav
