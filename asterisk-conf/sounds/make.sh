#!/bin/sh
# Makes the announcements and the music on hold anew: asterisk-conf/sounds/make.sh
# Wants espeak-ng and sox (Debian packages of these names). ESPEAK names another espeak-ng command.
# A-law at 8 kHz, the code all legs talk: Asterisk plays it without translating.
set -eu
cd "$(dirname "$0")"
ESPEAK=${ESPEAK:-espeak-ng}

say() { # language name text [voice of another language]
    mkdir -p "$1/fernamt"
    $ESPEAK -v "${4:-$1}" -s 150 -w "$1/fernamt/$2.wav" "$3"
    # The band of a telephone, an even level, a short silence at both ends, no dither: the same bytes each time.
    sox -D "$1/fernamt/$2.wav" -r 8000 -c 1 -e a-law -t raw "$1/fernamt/$2.alaw" \
        sinc 250-3400 silence 1 0.05 0.2% reverse silence 1 0.05 0.2% reverse gain -n -6 pad 0.2 0.3
    rm "$1/fernamt/$2.wav"
}

say de unavailable "Guten Tag. Leider können wir Ihren Anruf im Augenblick nicht persönlich annehmen."
say en unavailable "Hello. We are sorry that nobody can take your call at the moment."
say de leave-message "Bitte sprechen Sie nach dem Signalton. Wir rufen Sie zurück. Ihre Nachricht wird aufgezeichnet."
say en leave-message "Please speak after the tone. We will call you back. Your message will be recorded."
say de message-taken "Vielen Dank. Ihre Nachricht ist gespeichert. Auf Wiederhören."
say en message-taken "Thank you. Your message has been saved. Goodbye."
say de no-message "Es wurde keine Nachricht aufgenommen. Auf Wiederhören."
say en no-message "No message was recorded. Goodbye."
say de closed "Guten Tag. Sie rufen außerhalb unserer Geschäftszeiten an. Bitte versuchen Sie es später noch einmal."
say en closed "Hello. You are calling outside our business hours. Please try again later."
say de all-busy "Zur Zeit sind alle Plätze belegt. Bitte rufen Sie später noch einmal an."
say en all-busy "All our lines are busy. Please call again later."
say de unknown-number "Diese Rufnummer ist nicht vergeben."
say en unknown-number "This number is not in service."
say de no-service "Der Dienst ist im Augenblick nicht erreichbar."
say en no-service "The service cannot be reached at the moment."
say de no-emergency "Notrufe sind von diesem Telefon aus nicht möglich. Bitte nimm sofort ein anderes Telefon."
say en no-emergency "Emergency calls cannot be made from this telephone. Please use another telephone at once."
say de available "Du bist verfügbar."
say en available "You are available."
say de paused "Du bist in Pause."
say en paused "You are on a break."
say de logged-out "Du bist abgemeldet."
say en logged-out "You are logged out."
say de wrapped-up "Die Nacharbeit ist beendet."
say en wrapped-up "Your wrap up is finished."
say de not-possible "Das ist im Augenblick nicht möglich."
say en not-possible "This is not possible at the moment."

# ---- while a caller waits: how many are ahead, how long it will take, and a word now and then
say de ahead-0 "Sie sind als Nächstes an der Reihe."
say en ahead-0 "You are next in line."
say de ahead-1 "Vor Ihnen wartet noch ein Anrufer."
say en ahead-1 "There is one caller ahead of you."
number=1
for words in "zwei two" "drei three" "vier four" "fünf five" "sechs six" "sieben seven" "acht eight" "neun nine"; do
    number=$((number + 1))
    say de "ahead-$number" "Vor Ihnen warten noch ${words% *} Anrufer."
    say en "ahead-$number" "There are ${words#* } callers ahead of you."
done
say de ahead-many "Vor Ihnen warten noch zehn Anrufer oder mehr."
say en ahead-many "There are ten or more callers ahead of you."
say de wait-1 "Die Wartezeit beträgt voraussichtlich weniger als eine Minute."
say en wait-1 "We expect you to wait for less than a minute."
for words in "2 zwei two" "3 drei three" "5 fünf five" "10 zehn ten" "15 fünfzehn fifteen" "20 zwanzig twenty" "30 dreißig thirty"; do
    set -- $words
    say de "wait-$1" "Die Wartezeit beträgt voraussichtlich etwa $2 Minuten."
    say en "wait-$1" "We expect you to wait for about $3 minutes."
done
say de wait-long "Die Wartezeit beträgt voraussichtlich mehr als dreißig Minuten."
say en wait-long "We expect you to wait for more than thirty minutes."
say de patience "Bitte haben Sie noch etwas Geduld. Wir sind so bald wie möglich für Sie da."
say en patience "Please hold the line. We will be with you as soon as possible."

# ---- key menus: a choice of language is spoken in the language it offers, whatever the caller's
for language in de en; do
    say "$language" choose-german "Für Deutsch drücken Sie bitte die Eins." de
    say "$language" choose-english "For English, please press two." en
done
say de wrong-key "Diese Auswahl gibt es nicht."
say en wrong-key "That was not one of the choices."

# ---- callback: by which number, read back digit by digit, and the goodbye
say de callback-offer "Wenn wir Sie zurückrufen sollen, drücken Sie bitte die Taste"
say en callback-offer "If you want us to call you back, please press"
say de callback-number "Wir rufen Sie gerne zurück, Sie behalten Ihren Platz. Ihre Rufnummer ist:"
say en callback-number "We can call you back, and you keep your place. Your number is:"
say de callback-confirm "Ist das richtig, drücken Sie die Eins. Für eine andere Rufnummer drücken Sie die Zwei. Um weiter zu warten, drücken Sie die Stern Taste."
say en callback-confirm "If that is right, press one. For another number, press two. To go on waiting, press star."
say de callback-type "Wir rufen Sie gerne zurück, Sie behalten Ihren Platz. Bitte geben Sie Ihre Rufnummer mit Vorwahl ein, und drücken Sie dann die Raute Taste. Um weiter zu warten, drücken Sie die Stern Taste."
say en callback-type "We can call you back, and you keep your place. Please enter your number with the area code, then press the hash key. To go on waiting, press star."
say de callback-wrong-number "Diese Rufnummer können wir nicht anrufen."
say en callback-wrong-number "We cannot call this number."
say de callback-goodbye "Vielen Dank. Wir rufen Sie zurück, sobald Sie an der Reihe sind. Sie können jetzt auflegen. Auf Wiederhören."
say en callback-goodbye "Thank you. We will call you back when it is your turn. You can hang up now. Goodbye."
digit=0
for words in "null zero" "eins one" "zwei two" "drei three" "vier four" "fünf five" "sechs six" "sieben seven" "acht eight" "neun nine"; do
    say de "digit-$digit" "${words% *}"
    say en "digit-$digit" "${words#* }"
    digit=$((digit + 1))
done

# ---- an agent who calls somebody: why it was in vain, or is not done
say de dial-busy "Der Anschluss ist besetzt."
say en dial-busy "The number is busy."
say de dial-no-answer "Dort nimmt niemand ab."
say en dial-no-answer "There is no answer."
say de dial-rejected "Der Anruf wurde dort abgelehnt."
say en dial-rejected "The call was rejected."
say de dial-unreachable "Der Anschluss ist nicht erreichbar."
say en dial-unreachable "The number cannot be reached."
say de dial-machine "Dort antwortet ein Anrufbeantworter."
say en dial-machine "An answering machine took the call."
say de dial-no-reference "Für diesen Anruf fehlt ein Vorgang. Bitte wähle die Kennzahl des Projekts vor der Rufnummer, oder rufe vom Bildschirm aus an."
say en dial-no-reference "This call has no reference. Please dial the code of the project before the number, or call from the screen."
say de dial-not-permitted "Dieser Anruf ist nicht erlaubt."
say en dial-not-permitted "This call is not permitted."
say de dial-no-consent "Für diese Rufnummer gibt es keine Einwilligung."
say en dial-no-consent "There is no consent for this number."
say de dial-on-list "Diese Rufnummer steht auf einer Sperrliste."
say en dial-on-list "This number is on a do not call list."
say de dial-not-now "Diese Rufnummer darf jetzt nicht angerufen werden. Bitte versuche es später."
say en dial-not-now "This number may not be called now. Please try again later."
say de dial-limit "Die Grenze für Anrufe ist erreicht. Bitte wende dich an die Leitung."
say en dial-limit "The limit for calls has been reached. Please ask your supervisor."

# ---- while a call is recorded, where its project wants it heard: a sentence, or a tone that is heard through speech
say de recording-runs "Die Aufzeichnung läuft."
say en recording-runs "This call is being recorded."
for language in de en; do
    sox -D -n -r 8000 -c 1 -e a-law -t raw "$language/fernamt/recording-beep.alaw" \
        synth 0.2 sine 1400 fade t 0.01 0.2 0.01 gain -16
done

for language in de en; do
    sox -D -n -r 8000 -c 1 -e a-law -t raw "$language/fernamt/beep.alaw" \
        synth 0.4 sine 1000 fade t 0.01 0.4 0.01 gain -12
    # Asterisk itself asks for it under this name (RECORD FILE … BEEP).
    cp "$language/fernamt/beep.alaw" "$language/beep.alaw"
done

# Music on hold: a slow broken chord that repeats without a seam, 16 s. Written by nobody, owed to nobody.
mkdir -p ../moh
rm -f ../moh/*.alaw
for chord in "C4 E4 G4 C5" "A3 C4 E4 A4" "F3 A3 C4 F4" "G3 B3 D4 G4"; do
    set -- $chord
    for note in "$1" "$2" "$3" "$4" "$3" "$2" "$3" "$4"; do
        sox -D -n -r 8000 -c 1 "../moh/part$(printf %03d "$(ls ../moh | wc -l)").wav" synth 0.5 pluck "$note" fade t 0.01 0.5 0.05 gain -10
    done
done
sox -D ../moh/part*.wav -e a-law -t raw ../moh/fernamt.alaw
rm ../moh/part*.wav
