/** @type {Record<string, string>} */
export default {
  "A disk image (one raw file)": "Ein Datenträgerabbild (eine rohe Datei)",
  "A first backup": "Eine erste Sicherung",
  "A folder with files": "Ein Ordner mit Dateien",
  "A name has 1 to 64 letters, digits, _ and -.": "Ein Name hat 1 bis 64 Buchstaben, Ziffern, _ und -.",
  "A new vault": "Ein neuer Tresor",
  "A vault is where backups are kept: encrypted, and what is the same in several of them is stored only once. You can put more into it later.":
    "Ein Tresor bewahrt Sicherungen auf: verschlüsselt, und was in mehreren gleich ist, nur einmal. Sie können später mehr hineinlegen.",
  "A vault needs a name.": "Ein Tresor braucht einen Namen.",
  "A limit in GiB": "Eine Grenze in GiB",
  "An operator or administrator of the project makes the first backup.":
    "Die Administration oder der Betrieb des Projekts macht die erste Sicherung.",
  "As the existing policy {name} says": "Wie die vorhandene Richtlinie {name} es sagt",
  "Back up now": "Jetzt sichern",
  "Back up once more": "Noch einmal sichern",
  "Could not be read": "Nicht lesbar",
  Done: "Fertig",
  "Each backup is kept for 30 days; the newest good one is never deleted.":
    "Jede Sicherung wird 30 Tage aufbewahrt; die neueste gute wird nie gelöscht.",
  "Each backup is kept for 7 days; the newest good one is never deleted.":
    "Jede Sicherung wird 7 Tage aufbewahrt; die neueste gute wird nie gelöscht.",
  "Each backup is kept for a year; the newest good one is never deleted.":
    "Jede Sicherung wird ein Jahr aufbewahrt; die neueste gute wird nie gelöscht.",
  "Every hour": "Jede Stunde",
  "Every night at 02:00": "Jede Nacht um 02:00",
  "Every Sunday at 02:00": "Jeden Sonntag um 02:00",
  Files: "Dateien",
  "Three questions, then it runs. You can go back at any time; nothing is made twice.":
    "Drei Fragen, dann läuft es. Sie können jederzeit zurückgehen; nichts wird doppelt angelegt.",
  "Give the whole path, beginning with a slash.": "Geben Sie den ganzen Pfad an, mit einem Schrägstrich am Anfang.",
  "Go to the overview": "Zur Übersicht",
  "How much room backups may take": "Wie viel Platz Sicherungen belegen dürfen",
  "Invite others": "Andere einladen",
  "It can move to another vault later, with all its backups.":
    "Später kann sie mit allen Sicherungen in einen anderen Tresor umziehen.",
  "Known already, but not protected yet": "Schon bekannt, aber noch nicht geschützt",
  "Leave something out": "Etwas auslassen",
  "Left empty, it is the last part of the path.": "Bleibt das leer, ist es der letzte Teil des Pfades.",
  "Limit in GiB": "Grenze in GiB",
  "Look into the backup": "In die Sicherung hineinsehen",
  "Name (optional)": "Name (freiwillig)",
  "Name of the vault": "Name des Tresors",
  "No limit but that of the storage": "Keine außer der des Speichers",
  "Nothing is backed up unless somebody asks for it.": "Nichts wird gesichert, solange es niemand verlangt.",
  "Only administrators of the machine may name folders and disks of it. Ask one to make your folder known to this project, in this place or by the command holdfast protect; then come back here.":
    "Nur die Administration der Maschine darf Ordner und Datenträger auf ihr nennen. Bitten Sie sie, Ihren Ordner diesem Projekt bekannt zu machen, hier oder mit dem Befehl holdfast protect, und kommen Sie dann zurück.",
  "Only by hand": "Nur von Hand",
  "Only what comes back from a backup proves it. Until then the overview calls it not proven restorable.":
    "Erst was aus ihr zurückkommt, beweist eine Sicherung. Bis dahin nennt die Übersicht sie nie als wiederherstellbar erprobt.",
  "Operators back up and restore, readers look.":
    "Der Betrieb sichert und stellt wieder her, Leserinnen und Leser sehen zu.",
  "Path of the folder": "Pfad des Ordners",
  "Path of the image": "Pfad des Abbilds",
  "Patterns, one per line": "Muster, eines je Zeile",
  "Protect something else": "Etwas anderes schützen",
  "Protect this": "Das schützen",
  Read: "Gelesen",
  "Restore one file, to prove it": "Eine Datei wiederherstellen, zur Probe",
  "See its files, and download some.": "Dateien ansehen und einzelne herunterladen.",
  "See the vault": "Den Tresor ansehen",
  "See the whole task": "Die ganze Aufgabe ansehen",
  Speed: "Geschwindigkeit",
  Steps: "Schritte",
  "The backup did not end well.": "Die Sicherung ging nicht gut aus.",
  "The first backup": "Die erste Sicherung",
  "The policy {name} makes the next backup by itself.": "Die nächste Sicherung macht die Richtlinie {name} von selbst.",
  "The same steps once more.": "Dieselben Schritte noch einmal.",
  "There is no such file on the server's machine. Check the spelling, and whether the drive it is on is mounted there.":
    "Auf der Maschine des Servers gibt es keine solche Datei. Prüfen Sie die Schreibweise und ob der Datenträger dort eingehängt ist.",
  "There is no such folder on the server's machine. Check the spelling, and whether the drive it is on is mounted there.":
    "Auf der Maschine des Servers gibt es keinen solchen Ordner. Prüfen Sie die Schreibweise und ob der Datenträger dort eingehängt ist.",
  "The path on the machine that holdfast runs on, which may not be the one in front of you.":
    "Der Pfad auf der Maschine, auf der holdfast läuft; sie muss nicht die vor Ihnen sein.",
  "There is no policy: the next backup is made when somebody asks for it.":
    "Es gibt keine Richtlinie: Die nächste Sicherung entsteht, wenn jemand sie verlangt.",
  "There is nothing yet that you could protect": "Es gibt noch nichts, was Sie schützen könnten",
  "There it is seen every day whether all is well.": "Dort sehen Sie jeden Tag, ob alles gut ist.",
  "Time left": "Restzeit",
  "Times are in the zone {zone}. What you choose here applies to everything in the vault {vault}.":
    "Die Zeiten gelten in der Zone {zone}. Was Sie hier wählen, gilt für alles im Tresor {vault}.",
  Took: "Dauer",
  Vault: "Tresor",
  "waits {why}": "wartet {why}",
  "Whatever matches is left out: *.tmp for files by name, cache/ for folders.":
    "Was passt, bleibt weg: *.tmp für Dateien nach Namen, cache/ für Ordner.",
  "What it is": "Was es ist",
  "What now": "Wie es weitergeht",
  "What to protect": "Was geschützt wird",
  "When they are made": "Wann gesichert wird",
  "When to back up": "Wann gesichert wird",
  "Where backups go": "Wohin gesichert wird",
  "Written into the vault": "In den Tresor geschrieben",
  "You may close this window: the backup goes on, and you find it here again.":
    "Sie können dieses Fenster schließen: Die Sicherung läuft weiter, und Sie finden sie hier wieder.",
  "You may look at this project, but not change it": "Sie dürfen dieses Projekt ansehen, aber nicht ändern",
  "{name} goes into the vault {vault}. The first backup reads everything; later ones only what has changed.":
    "{name} kommt in den Tresor {vault}. Die erste Sicherung liest alles, spätere nur, was sich geändert hat.",
  "{name} has a backup in the vault {vault}.": "{name} hat eine Sicherung im Tresor {vault}.",
  "{name} is in the vault {vault}.": "{name} ist im Tresor {vault}.",
  "{name} is to be protected.": "{name} soll geschützt werden.",
  "{size} in use": "{size} belegt",
};
