/** @type {Record<string, string>} */
export default {
  "A backup is only worth what comes back from it. Until then it is called unproven.":
    "Eine Sicherung ist so viel wert, wie aus ihr zurückkommt. Bis dahin heißt sie unerprobt.",
  "A disk image (one raw file)": "Ein Datenträgerabbild (eine rohe Datei)",
  "A first backup": "Eine erste Sicherung",
  "A folder with files": "Ein Ordner mit Dateien",
  "A name has 1 to 64 letters, digits, _ and -.": "Ein Name hat 1 bis 64 Buchstaben, Ziffern, _ und -.",
  "A new vault": "Ein neuer Tresor",
  "A vault keeps the backups: encrypted, and each piece only once. You may put more into it later.":
    "Ein Tresor bewahrt die Sicherungen auf: verschlüsselt und jedes Stück nur einmal. Sie können später mehr hineinlegen.",
  "A vault needs a name.": "Ein Tresor braucht einen Namen.",
  "A whole path is needed, beginning with a slash.": "Nötig ist ein ganzer Pfad, der mit einem Schrägstrich beginnt.",
  "An operator or administrator of the project makes the first backup.":
    "Die Administration oder der Betrieb des Projekts macht die erste Sicherung.",
  "As it is called on the machine on which holdfast runs, not on yours.":
    "Wie er auf der Maschine heißt, auf der holdfast läuft, nicht auf Ihrer.",
  "As much as there is": "So viel, wie da ist",
  "As the policy {name} says": "Wie die Richtlinie {name} es sagt",
  "At most so many GB": "Höchstens so viele GB",
  "Back up now": "Jetzt sichern",
  "Back up once more": "Noch einmal sichern",
  "Could not be read": "Nicht lesbar",
  Done: "Fertig",
  "Each backup is kept for 30 days, and the newest good one always.":
    "Jede Sicherung wird 30 Tage aufbewahrt, die neueste gute immer.",
  "Each backup is kept for 7 days, and the newest good one always.":
    "Jede Sicherung wird 7 Tage aufbewahrt, die neueste gute immer.",
  "Each backup is kept for a year, and the newest good one always.":
    "Jede Sicherung wird ein Jahr aufbewahrt, die neueste gute immer.",
  "Every hour": "Jede Stunde",
  "Every night at 02:00": "Jede Nacht um 02:00",
  "Every Sunday at 02:00": "Jeden Sonntag um 02:00",
  Files: "Dateien",
  "Four questions, then it runs. You can go back at any time; nothing is made twice.":
    "Vier Fragen, dann läuft es. Sie können jederzeit zurückgehen; nichts wird doppelt angelegt.",
  "Go to the overview": "Zur Übersicht",
  "Invite others": "Andere einladen",
  "It can move to another vault later, with all its backups.":
    "Später kann sie mit allen Sicherungen in einen anderen Tresor umziehen.",
  "Known already, and in no vault": "Schon bekannt und in keinem Tresor",
  "Leave something out": "Etwas auslassen",
  "Look into the backup": "In die Sicherung hineinsehen",
  "Name (if it shall be another than the last part of the path)":
    "Name (wenn er nicht der letzte Teil des Pfades sein soll)",
  "Name of the vault": "Name des Tresors",
  "No policy makes further ones: they are made when somebody asks for them.":
    "Keine Richtlinie macht weitere: Sie entstehen, wenn jemand sie verlangt.",
  "Nothing is backed up unless somebody asks for it.": "Nichts wird gesichert, solange es niemand verlangt.",
  "Only administrators of the machine may name folders and disks of it. Ask one to make your folder known to this project, in this place or by the command holdfast protect; then come back here.":
    "Nur die Administration der Maschine darf Ordner und Datenträger auf ihr nennen. Bitten Sie sie, Ihren Ordner diesem Projekt bekannt zu machen, hier oder mit dem Befehl holdfast protect, und kommen Sie dann zurück.",
  "Only by hand": "Nur von Hand",
  "Operators back up and restore, readers look.":
    "Der Betrieb sichert und stellt wieder her, Leserinnen und Leser sehen zu.",
  "Path of the folder": "Pfad des Ordners",
  "Path of the image": "Pfad des Abbilds",
  "Patterns, one a line": "Muster, eines je Zeile",
  "Protect something else": "Etwas anderes schützen",
  "Protect this": "Das schützen",
  Read: "Gelesen",
  "Restore one file, to prove it": "Eine Datei wiederherstellen, zur Probe",
  "Room for backups": "Platz für Sicherungen",
  "Room in GB": "Platz in GB",
  "See its files, and download some.": "Dateien ansehen und einzelne herunterladen.",
  "See the vault": "Den Tresor ansehen",
  "See the whole task": "Die ganze Aufgabe ansehen",
  Speed: "Geschwindigkeit",
  Steps: "Schritte",
  "The backup did not end well.": "Die Sicherung ging nicht gut aus.",
  "The first backup": "Die erste Sicherung",
  "The policy {name} makes the next one by itself.": "Die nächste macht die Richtlinie {name} von selbst.",
  "The same steps once more.": "Dieselben Schritte noch einmal.",
  "There is no such file on the server's machine. Look for a slip of the pen, and whether it is mounted there.":
    "Auf der Maschine des Servers gibt es keine solche Datei. Prüfen Sie die Schreibweise und ob sie dort eingehängt ist.",
  "There is no such folder on the server's machine. Look for a slip of the pen, and whether it is mounted there.":
    "Auf der Maschine des Servers gibt es keinen solchen Ordner. Prüfen Sie die Schreibweise und ob er dort eingehängt ist.",
  "There is nothing yet that you could protect": "Es gibt noch nichts, was Sie schützen könnten",
  "There it is seen every day whether all is well.": "Dort sehen Sie jeden Tag, ob alles gut ist.",
  "Time left": "Restzeit",
  "Times are those of {zone}. What is chosen here holds for the whole vault {vault}.":
    "Die Zeiten gelten in {zone}. Was Sie hier wählen, gilt für den ganzen Tresor {vault}.",
  Took: "Dauer",
  Vault: "Tresor",
  "waits {why}": "wartet {why}",
  "What fits is not backed up: *.tmp for files by name, cache/ for folders.":
    "Was passt, wird nicht gesichert: *.tmp für Dateien nach Namen, cache/ für Ordner.",
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
