/** @type {Record<string, string>} */
export default {
  "* stands for any characters: *.docx": "* steht für beliebige Zeichen: *.docx",
  "A disk is restored as a whole.": "Ein Datenträger wird als Ganzes wiederhergestellt.",
  "A folder with something in it stands where a file was. It stays, and the file is not restored.":
    "Wo eine Datei war, steht ein Ordner mit Inhalt. Er bleibt, und die Datei wird nicht wiederhergestellt.",
  "A path without .. is needed.": "Der Pfad darf kein .. enthalten.",
  "A restore writes over data, and your role in this project is that of a reader. Ask an operator or an administrator to restore it for you: send them a link to the backup.":
    "Eine Wiederherstellung überschreibt Daten, und Sie haben in diesem Projekt nur Leserechte. Bitten Sie den Betrieb oder die Administration, für Sie wiederherzustellen: Schicken Sie einen Link auf die Sicherung.",
  "All of the backup": "Die ganze Sicherung",
  "All {n} in the task": "Alle {n} in der Aufgabe",
  "Another disk": "Ein anderer Datenträger",
  "Another folder": "Ein anderer Ordner",
  "Another protected folder": "Ein anderer geschützter Ordner",
  "Another server": "Ein anderer Server",
  At: "Schritt",
  "At least one. Each of them is restored as a whole; the others are not touched.":
    "Mindestens einer. Jeder wird als Ganzes wiederhergestellt; die übrigen bleiben unberührt.",
  "At most {n} can be chosen one by one. Choose the folders that they are in.":
    "Höchstens {n} lassen sich einzeln wählen. Wählen Sie die Ordner, in denen sie liegen.",
  "Because what is at this place now is overwritten.": "Denn was jetzt dort liegt, wird überschrieben.",
  Beginning: "Beginnt",
  "Choose a backup, look at what would happen, then restore. Nothing is written before the last step.":
    "Wählen Sie eine Sicherung, sehen Sie nach, was geschehen würde, und stellen Sie dann wieder her. Vor dem letzten Schritt wird nichts geschrieben.",
  "Choose a folder below those that the server's configuration opens for this (restore_roots), or ask an administrator.":
    "Wählen Sie einen Ordner unterhalb derer, die die Konfiguration des Servers dafür öffnet (restore_roots), oder fragen Sie die Administration.",
  "Choose another backup": "Andere Sicherung wählen",
  "Choose another place": "Anderen Ort wählen",
  "Choose another place, or move away what stands there.":
    "Wählen Sie einen anderen Ort, oder räumen Sie weg, was dort steht.",
  "Choose for at least one disk where it goes.": "Wählen Sie für mindestens einen Datenträger das Ziel.",
  "Choose something else": "Etwas anderes wählen",
  "Choose where it goes.": "Wählen Sie das Ziel.",
  "Choose …": "Wählen …",
  Chosen: "Gewählt",
  "Could not be restored so far": "Bisher nicht wiederherstellbar",
  "Counting what is to come": "Zählt, was kommt",
  "Disk in the backup": "Datenträger in der Sicherung",
  "Disks that are written": "Datenträger, die geschrieben werden",
  "Earlier month": "Früherer Monat",
  "Everything in the backup": "Alles in der Sicherung",
  "Everything was restored": "Alles wurde wiederhergestellt",
  File: "Datei",
  "Files in another folder": "Dateien in einem anderen Ordner",
  "Find a resource": "Ressource suchen",
  "Find by name": "Nach Namen suchen",
  Finishing: "Schließt ab",
  "How far the restore is": "Wie weit die Wiederherstellung ist",
  "In the backup": "In der Sicherung",
  "Into a folder, one disk goes alone, or all of them: go back and choose.":
    "In einen Ordner geht ein Datenträger allein oder alle zusammen: Gehen Sie zurück und wählen Sie.",
  "Is written to": "Wird geschrieben nach",
  "It can be chosen in the folder above.": "Er lässt sich im Ordner darüber wählen.",
  "It is at a site that this server does not reach. The worker there does the restore, and checks what it can when it begins.":
    "Es liegt an einem Standort, den dieser Server nicht erreicht. Der dortige Worker führt die Wiederherstellung aus und prüft zu Beginn, was er kann.",
  "It starts when its turn comes.": "Sie beginnt, sobald sie an der Reihe ist.",
  "It took": "Dauer",
  "Its provider cannot tell beforehand what a restore would do.":
    "Der zugehörige Provider kann nicht vorhersagen, was eine Wiederherstellung täte.",
  "Later month": "Späterer Monat",
  "Leave out {name}": "{name} weglassen",
  "Look again": "Erneut nachsehen",
  "Look into the backups": "In die Sicherungen schauen",
  "Look through all backups": "Alle Sicherungen durchsehen",
  "Looking at the backup and at the destination. Nothing is written.":
    "Sicherung und Ziel werden angesehen. Es wird nichts geschrieben.",
  "More than {n} other file stays|More than {n} other files stay":
    "Mehr als {n} weitere Datei bleibt|Mehr als {n} weitere Dateien bleiben",
  "Name the folder by its whole path, from the first /.": "Nennen Sie den Ordner mit ganzem Pfad, ab dem ersten /.",
  New: "Neu",
  "No backup yet": "Noch keine Sicherung",
  "No other files are there": "Andere Dateien gibt es dort nicht",
  "No resource is called like that": "Keine Ressource heißt so",
  "Nobody has looked at the destination.": "Niemand hat das Ziel angesehen.",
  "Not restored": "Nicht wiederherstellen",
  "Nothing in this backup is called like that": "Nichts in dieser Sicherung heißt so",
  "Nothing will be overwritten": "Nichts wird überschrieben",
  "On the machine that holdfast runs on. It is made if it is not there.":
    "Auf der Maschine, auf der holdfast läuft. Er wird angelegt, wenn es ihn nicht gibt.",
  "On the machine that holdfast runs on. The disk becomes an image file in it.":
    "Auf der Maschine, auf der holdfast läuft. Der Datenträger wird darin zu einer Abbilddatei.",
  "Once something is protected and backed up, its backups are here.":
    "Sobald etwas geschützt und gesichert ist, stehen seine Sicherungen hier.",
  "Only backups that went well can be restored. Look at its tasks to see why there is none.":
    "Nur gelungene Sicherungen lassen sich wiederherstellen. Die Aufgaben der Ressource zeigen, warum es keine gibt.",
  "Only some files and folders": "Nur einige Dateien und Ordner",
  "Open the task": "Aufgabe öffnen",
  Outcome: "Ergebnis",
  Overwritten: "Überschrieben",
  "Protect something": "Etwas schützen",
  "Prove more": "Mehr erproben",
  Rate: "Tempo",
  "Restore again": "Erneut wiederherstellen",
  "Restore now": "Jetzt wiederherstellen",
  "Restore something else": "Etwas anderes wiederherstellen",
  Restored: "Wiederhergestellt",
  "Restored, but not everything": "Wiederhergestellt, aber nicht alles",
  "Restoring {name}": "{name} wird wiederhergestellt",
  "Search by name to find the others.": "Suchen Sie nach dem Namen, um die übrigen zu finden.",
  "See what would happen": "Ansehen, was geschähe",
  "Show more": "Mehr zeigen",
  "Shut the server down before: a disk that is in use while it is written is damaged.":
    "Fahren Sie den Server vorher herunter: Ein Datenträger, der beim Schreiben benutzt wird, nimmt Schaden.",
  "Something else": "Etwas anderes",
  "Something that is not known here any more, or came from elsewhere?":
    "Etwas, das hier nicht mehr bekannt ist oder von anderswo kam?",
  "Steps of the restore": "Schritte der Wiederherstellung",
  "Stop it": "Abbrechen",
  "Stop the restore": "Wiederherstellung abbrechen",
  "Stop the restore?": "Wiederherstellung abbrechen?",
  "The backup is so large that only its first entries were looked at: there are more than these figures say.":
    "Die Sicherung ist so groß, dass nur ihre ersten Einträge angesehen wurden: Es sind mehr, als diese Zahlen sagen.",
  "The content is there again.": "Der Inhalt ist wieder da.",
  "The disk is smaller than the backup. Choose a larger one.":
    "Der Datenträger ist kleiner als die Sicherung. Wählen Sie einen größeren.",
  "The first {n} are listed.": "Die ersten {n} sind aufgeführt.",
  "The list below says what is missing and why. Mend that, then restore these again.":
    "Die Liste unten sagt, was fehlt und warum. Beheben Sie das, und stellen Sie diese Dateien erneut wieder her.",
  "The newest {n} are shown here.": "Gezeigt sind die neuesten {n}.",
  "The one chosen before": "Die zuvor gewählte",
  "The original stays as it is. This is the careful way.":
    "Das Original bleibt, wie es ist. Das ist der vorsichtige Weg.",
  "The restore failed": "Die Wiederherstellung ist fehlgeschlagen",
  "The restore waits for its turn": "Die Wiederherstellung wartet, bis sie an der Reihe ist",
  "The restore was stopped": "Die Wiederherstellung wurde abgebrochen",
  "The same already": "Schon gleich",
  "The server may not write here. Give it the right to, or choose another place.":
    "Der Server darf hier nicht schreiben. Geben Sie ihm das Recht dazu, oder wählen Sie einen anderen Ort.",
  "There are more than these {n}. Say more of the name.": "Es gibt mehr als diese {n}. Geben Sie mehr vom Namen an.",
  "There is no good backup of this": "Hiervon gibt es keine gute Sicherung",
  "There is nothing else of this kind in the project.": "Sonst gibt es nichts von dieser Art im Projekt.",
  "There is nothing to restore yet": "Noch gibt es nichts wiederherzustellen",
  "There may not be enough room.": "Der Platz reicht vielleicht nicht.",
  "There now": "Jetzt dort",
  "This backup did not go well, or is being deleted: it cannot be restored.":
    "Diese Sicherung ist nicht gelungen oder wird gelöscht: Sie lässt sich nicht wiederherstellen.",
  "This backup is being restored at this moment. Wait until that has ended.":
    "Diese Sicherung wird gerade wiederhergestellt. Warten Sie, bis das beendet ist.",
  "This backup is still being taken. Wait until that has ended, or choose an older one.":
    "Diese Sicherung läuft noch. Warten Sie, bis sie fertig ist, oder wählen Sie eine ältere.",
  "This cannot be read from the backup, and is not restored.":
    "Das lässt sich nicht aus der Sicherung lesen und wird nicht wiederhergestellt.",
  "This goes on if you close this tab. The task keeps its progress and its end.":
    "Das läuft weiter, wenn Sie diesen Tab schließen. Fortschritt und Ergebnis stehen in der Aufgabe.",
  "This place cannot be written to: {message}.": "Dieser Ort lässt sich nicht beschreiben: {message}.",
  "This server has no disks.": "Dieser Server hat keine Datenträger.",
  "Tick what you want back.": "Haken Sie an, was Sie zurückhaben möchten.",
  "Try a part of the name with * around it.": "Versuchen Sie einen Teil des Namens mit * davor und danach.",
  "Try a part of the name, or look through all backups.":
    "Versuchen Sie einen Teil des Namens, oder sehen Sie alle Sicherungen durch.",
  "Two disks cannot go to the same one.": "Zwei Datenträger können nicht auf denselben gehen.",
  "Up to {needed} are needed, and {free} are free. Files with holes may take less.":
    "Bis zu {needed} werden gebraucht, {free} sind frei. Dateien mit Löchern brauchen vielleicht weniger.",
  Watch: "Zusehen",
  "What could not be restored": "Was nicht wiederhergestellt werden konnte",
  "What do you want back?": "Was möchten Sie zurückhaben?",
  "What is restored already stays as it is, and the rest does not come. Files are complete or as they were; a disk is half written.":
    "Was schon wiederhergestellt ist, bleibt so, und der Rest kommt nicht. Dateien sind vollständig oder wie zuvor; ein Datenträger ist halb geschrieben.",
  "What is there may be overwritten.": "Was dort liegt, wird vielleicht überschrieben.",
  "What is there now is overwritten.": "Was jetzt dort liegt, wird überschrieben.",
  "What shall be restored?": "Was soll wiederhergestellt werden?",
  "What was restored before stays. Look at the message, then try again.":
    "Was zuvor wiederhergestellt wurde, bleibt. Lesen Sie die Meldung, und versuchen Sie es erneut.",
  "What will happen": "Was geschehen wird",
  "Where it came from": "Wo es herkam",
  "Where shall it go?": "Wohin soll es?",
  "Where to": "Wohin",
  "Which backup": "Welche Sicherung",
  "Which backup of {name}?": "Welche Sicherung von {name}?",
  "Which disk goes where": "Welcher Datenträger wohin geht",
  "Which disks shall be restored?": "Welche Datenträger sollen wiederhergestellt werden?",
  "Write over": "Überschreiben",
  Writing: "Schreibt",
  "You may look, but not restore": "Sie dürfen nachsehen, aber nicht wiederherstellen",
  "You may not restore to this place.": "An diesen Ort dürfen Sie nicht wiederherstellen.",
  "You may restore only below the folders that the server's configuration opens for this (restore_roots).":
    "Sie dürfen nur unterhalb der Ordner wiederherstellen, die die Konfiguration des Servers dafür öffnet (restore_roots).",
  "a folder": "ein Ordner",
  "a link": "eine Verknüpfung",
  "about {span}": "etwa {span}",
  "by size and time; written again": "nach Größe und Zeit; wird erneut geschrieben",
  "different now; what is there is lost": "jetzt anders; was dort ist, geht verloren",
  "it fits": "es passt",
  "last good one": "letzte gute",
  "not in the backup, not touched": "nicht in der Sicherung, unberührt",
  nothing: "nichts",
  "nothing: a new file": "nichts: eine neue Datei",
  "what is on it is lost": "was darauf ist, geht verloren",
  "{free} free at the destination": "{free} frei am Ziel",
  "{name} is another project's: its backup goes elsewhere.":
    "{name} gehört einem anderen Projekt: Die Sicherung geht anderswohin.",
  "{name} is not known here any more, so it cannot be written to.":
    "{name} ist hier nicht mehr bekannt und lässt sich nicht beschreiben.",
  "{name} now counts as proven: a backup of it came back.":
    "{name} gilt jetzt als erprobt: Eine Sicherung davon kam zurück.",
  "{name}, at {path}. What is there now is overwritten.":
    "{name}, unter {path}. Was jetzt dort liegt, wird überschrieben.",
  "{name}, where it came from": "{name}, wo es herkam",
  "{name}. What is there now is overwritten.": "{name}. Was jetzt dort liegt, wird überschrieben.",
  "{n} backup|{n} backups": "{n} Sicherung|{n} Sicherungen",
  "{n} chosen|{n} chosen": "{n} gewählt|{n} gewählt",
  "{n} disk will be overwritten as a whole|{n} disks will be overwritten as a whole":
    "{n} Datenträger wird als Ganzes überschrieben|{n} Datenträger werden als Ganzes überschrieben",
  "{n} disk|{n} disks": "{n} Datenträger|{n} Datenträger",
  "{n} file is the same already|{n} files are the same already":
    "{n} Datei ist schon gleich|{n} Dateien sind schon gleich",
  "{n} file is there again.|{n} files are there again.": "{n} Datei ist wieder da.|{n} Dateien sind wieder da.",
  "{n} file or folder|{n} files and folders": "{n} Datei oder Ordner|{n} Dateien und Ordner",
  "{n} file will be made|{n} files will be made": "{n} Datei wird angelegt|{n} Dateien werden angelegt",
  "{n} file will be overwritten|{n} files will be overwritten":
    "{n} Datei wird überschrieben|{n} Dateien werden überschrieben",
  "{n} image file will be made|{n} image files will be made":
    "{n} Abbilddatei wird angelegt|{n} Abbilddateien werden angelegt",
  "{n} more like this|{n} more like this": "{n} weiteres dieser Art|{n} weitere dieser Art",
  "{n} other file stays|{n} other files stay": "{n} weitere Datei bleibt|{n} weitere Dateien bleiben",
  "{shown} of {n}": "{shown} von {n}",
  "{size} in all": "{size} insgesamt",
  "{size}, overwritten as a whole": "{size}, wird als Ganzes überschrieben",
};
