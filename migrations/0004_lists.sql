-- Lists that are sorted, and players who are found without accents and by their payer's address.

-- A list in another order than the newest first goes along one of these.
CREATE INDEX charges_by_amount ON charges (amount_minor, id);
CREATE INDEX charges_by_due_day ON charges (COALESCE(due_on, '~'), id);
CREATE INDEX players_by_name ON players (name COLLATE NOCASE, id);

-- The payer's address is one of the words that a player is found by: whoever writes it need not think of that.
CREATE TRIGGER players_new_address AFTER INSERT ON players WHEN NEW.email IS NOT NULL
BEGIN
  INSERT INTO player_words (word, player_id) SELECT lower(NEW.email), NEW.id
  WHERE NOT EXISTS (SELECT 1 FROM player_words WHERE word = lower(NEW.email) AND player_id = NEW.id);
END;
-- Who changes a name takes the words away that were there before.
CREATE TRIGGER players_other_address AFTER UPDATE OF email, name ON players WHEN NEW.email IS NOT OLD.email OR NEW.name <> OLD.name
BEGIN
  DELETE FROM player_words WHERE word = lower(OLD.email) AND player_id = OLD.id AND NEW.email IS NOT OLD.email;
  INSERT INTO player_words (word, player_id) SELECT lower(NEW.email), NEW.id
  WHERE NEW.email IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM player_words WHERE word = lower(NEW.email) AND player_id = NEW.id);
END;

-- From here on: the words of players who are there already, as `src/domain/search.rs` folds those of others. A letter in lower
-- case, and how it is typed by who has no key for it.
CREATE TABLE folded_letters (letter TEXT PRIMARY KEY, plain TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO folded_letters VALUES
  ('à', 'a'), ('á', 'a'), ('â', 'a'), ('ã', 'a'), ('ä', 'a'), ('å', 'a'), ('ā', 'a'), ('ă', 'a'), ('ą', 'a'), ('ạ', 'a'), ('ả', 'a'), ('ấ', 'a'), ('ầ', 'a'), ('ẩ', 'a'), ('ẫ', 'a'), ('ậ', 'a'), ('ắ', 'a'), ('ằ', 'a'), ('ẳ', 'a'), ('ẵ', 'a'), ('ặ', 'a'),
  ('æ', 'ae'),
  ('ç', 'c'), ('ć', 'c'), ('ĉ', 'c'), ('ċ', 'c'), ('č', 'c'),
  ('ď', 'd'), ('đ', 'd'), ('ð', 'd'),
  ('è', 'e'), ('é', 'e'), ('ê', 'e'), ('ë', 'e'), ('ē', 'e'), ('ĕ', 'e'), ('ė', 'e'), ('ę', 'e'), ('ě', 'e'), ('ẹ', 'e'), ('ẻ', 'e'), ('ẽ', 'e'), ('ế', 'e'), ('ề', 'e'), ('ể', 'e'), ('ễ', 'e'), ('ệ', 'e'),
  ('ĝ', 'g'), ('ğ', 'g'), ('ġ', 'g'), ('ģ', 'g'),
  ('ĥ', 'h'), ('ħ', 'h'),
  ('ì', 'i'), ('í', 'i'), ('î', 'i'), ('ï', 'i'), ('ĩ', 'i'), ('ī', 'i'), ('ĭ', 'i'), ('į', 'i'), ('ı', 'i'), ('ỉ', 'i'), ('ị', 'i'),
  ('ĵ', 'j'),
  ('ķ', 'k'),
  ('ĺ', 'l'), ('ļ', 'l'), ('ľ', 'l'), ('ŀ', 'l'), ('ł', 'l'),
  ('ñ', 'n'), ('ń', 'n'), ('ņ', 'n'), ('ň', 'n'), ('ŋ', 'n'),
  ('ò', 'o'), ('ó', 'o'), ('ô', 'o'), ('õ', 'o'), ('ö', 'o'), ('ø', 'o'), ('ō', 'o'), ('ŏ', 'o'), ('ő', 'o'), ('ơ', 'o'), ('ọ', 'o'), ('ỏ', 'o'), ('ố', 'o'), ('ồ', 'o'), ('ổ', 'o'), ('ỗ', 'o'), ('ộ', 'o'), ('ớ', 'o'), ('ờ', 'o'), ('ở', 'o'), ('ỡ', 'o'), ('ợ', 'o'),
  ('œ', 'oe'),
  ('ŕ', 'r'), ('ŗ', 'r'), ('ř', 'r'),
  ('ś', 's'), ('ŝ', 's'), ('ş', 's'), ('š', 's'), ('ș', 's'),
  ('ß', 'ss'),
  ('ţ', 't'), ('ť', 't'), ('ŧ', 't'), ('ț', 't'),
  ('þ', 'th'),
  ('ù', 'u'), ('ú', 'u'), ('û', 'u'), ('ü', 'u'), ('ũ', 'u'), ('ū', 'u'), ('ŭ', 'u'), ('ů', 'u'), ('ű', 'u'), ('ų', 'u'), ('ư', 'u'), ('ụ', 'u'), ('ủ', 'u'), ('ứ', 'u'), ('ừ', 'u'), ('ử', 'u'), ('ữ', 'u'), ('ự', 'u'),
  ('ŵ', 'w'),
  ('ý', 'y'), ('ÿ', 'y'), ('ŷ', 'y'), ('ỳ', 'y'), ('ỵ', 'y'), ('ỷ', 'y'), ('ỹ', 'y'),
  ('ź', 'z'), ('ż', 'z'), ('ž', 'z');

-- Each word that has such a letter, a letter at a time.
WITH RECURSIVE spelled (player_id, rest, plain) AS (
  SELECT player_id, word, '' FROM player_words WHERE word GLOB '*[^ -~]*'
  UNION ALL
  SELECT s.player_id, substr(s.rest, 2), s.plain || CASE
    -- What marks a letter and is a character of its own.
    WHEN unicode(s.rest) BETWEEN 768 AND 879 THEN ''
    ELSE COALESCE((SELECT f.plain FROM folded_letters f WHERE f.letter = substr(s.rest, 1, 1)), substr(s.rest, 1, 1)) END
  FROM spelled s WHERE s.rest <> ''
)
INSERT INTO player_words (word, player_id)
SELECT DISTINCT plain, player_id FROM spelled WHERE rest = '' ON CONFLICT (word, player_id) DO NOTHING;
DELETE FROM player_words
WHERE EXISTS (SELECT 1 FROM folded_letters f WHERE instr(player_words.word, f.letter) > 0)
   OR word GLOB '*[' || char(768) || '-' || char(879) || ']*';

-- An apostrophe parted two words, and so did an accent that is a character of its own: they are one word now. These are read from
-- names, where letters may be capitals. The parts stay words too.
INSERT INTO folded_letters VALUES
  ('À', 'a'), ('Á', 'a'), ('Â', 'a'), ('Ã', 'a'), ('Ä', 'a'), ('Å', 'a'), ('Ā', 'a'), ('Ă', 'a'), ('Ą', 'a'), ('Ạ', 'a'), ('Ả', 'a'), ('Ấ', 'a'), ('Ầ', 'a'), ('Ẩ', 'a'), ('Ẫ', 'a'), ('Ậ', 'a'), ('Ắ', 'a'), ('Ằ', 'a'), ('Ẳ', 'a'), ('Ẵ', 'a'), ('Ặ', 'a'),
  ('Æ', 'ae'),
  ('Ç', 'c'), ('Ć', 'c'), ('Ĉ', 'c'), ('Ċ', 'c'), ('Č', 'c'),
  ('Ď', 'd'), ('Đ', 'd'), ('Ð', 'd'),
  ('È', 'e'), ('É', 'e'), ('Ê', 'e'), ('Ë', 'e'), ('Ē', 'e'), ('Ĕ', 'e'), ('Ė', 'e'), ('Ę', 'e'), ('Ě', 'e'), ('Ẹ', 'e'), ('Ẻ', 'e'), ('Ẽ', 'e'), ('Ế', 'e'), ('Ề', 'e'), ('Ể', 'e'), ('Ễ', 'e'), ('Ệ', 'e'),
  ('Ĝ', 'g'), ('Ğ', 'g'), ('Ġ', 'g'), ('Ģ', 'g'),
  ('Ĥ', 'h'), ('Ħ', 'h'),
  ('Ì', 'i'), ('Í', 'i'), ('Î', 'i'), ('Ï', 'i'), ('Ĩ', 'i'), ('Ī', 'i'), ('Ĭ', 'i'), ('Į', 'i'), ('Ỉ', 'i'), ('Ị', 'i'),
  ('Ĵ', 'j'),
  ('Ķ', 'k'),
  ('Ĺ', 'l'), ('Ļ', 'l'), ('Ľ', 'l'), ('Ŀ', 'l'), ('Ł', 'l'),
  ('Ñ', 'n'), ('Ń', 'n'), ('Ņ', 'n'), ('Ň', 'n'), ('Ŋ', 'n'),
  ('Ò', 'o'), ('Ó', 'o'), ('Ô', 'o'), ('Õ', 'o'), ('Ö', 'o'), ('Ø', 'o'), ('Ō', 'o'), ('Ŏ', 'o'), ('Ő', 'o'), ('Ơ', 'o'), ('Ọ', 'o'), ('Ỏ', 'o'), ('Ố', 'o'), ('Ồ', 'o'), ('Ổ', 'o'), ('Ỗ', 'o'), ('Ộ', 'o'), ('Ớ', 'o'), ('Ờ', 'o'), ('Ở', 'o'), ('Ỡ', 'o'), ('Ợ', 'o'),
  ('Œ', 'oe'),
  ('Ŕ', 'r'), ('Ŗ', 'r'), ('Ř', 'r'),
  ('Ś', 's'), ('Ŝ', 's'), ('Ş', 's'), ('Š', 's'), ('Ș', 's'),
  ('ẞ', 'ss'),
  ('Ţ', 't'), ('Ť', 't'), ('Ŧ', 't'), ('Ț', 't'),
  ('Þ', 'th'),
  ('Ù', 'u'), ('Ú', 'u'), ('Û', 'u'), ('Ü', 'u'), ('Ũ', 'u'), ('Ū', 'u'), ('Ŭ', 'u'), ('Ů', 'u'), ('Ű', 'u'), ('Ų', 'u'), ('Ư', 'u'), ('Ụ', 'u'), ('Ủ', 'u'), ('Ứ', 'u'), ('Ừ', 'u'), ('Ử', 'u'), ('Ữ', 'u'), ('Ự', 'u'),
  ('Ŵ', 'w'),
  ('Ý', 'y'), ('Ÿ', 'y'), ('Ŷ', 'y'), ('Ỳ', 'y'), ('Ỵ', 'y'), ('Ỷ', 'y'), ('Ỹ', 'y'),
  ('Ź', 'z'), ('Ż', 'z'), ('Ž', 'z'), ('İ', 'i');
WITH RECURSIVE
  apart (sign) AS (SELECT '' UNION ALL SELECT ' '),
  marked (player_id, text) AS (
    SELECT id, text FROM (SELECT id, name AS text FROM players UNION ALL SELECT id, player_id FROM players)
    WHERE text GLOB '*[''’‘ʼʻ`´' || char(768) || '-' || char(879) || ']*'
  ),
  -- What is no letter and no digit becomes a blank; what is beyond these alphabets stays.
  spelled (player_id, sign, rest, plain) AS (
    SELECT player_id, sign, text, '' FROM marked, apart
    UNION ALL
    SELECT s.player_id, s.sign, substr(s.rest, 2), s.plain || CASE
      WHEN unicode(s.rest) BETWEEN 768 AND 879 THEN ''
      WHEN instr('''’‘ʼʻ`´', substr(s.rest, 1, 1)) > 0 THEN s.sign
      WHEN substr(s.rest, 1, 1) GLOB '[0-9A-Za-z]' THEN lower(substr(s.rest, 1, 1))
      WHEN unicode(s.rest) < 192 OR unicode(s.rest) BETWEEN 8192 AND 8303 THEN ' '
      ELSE COALESCE((SELECT f.plain FROM folded_letters f WHERE f.letter = substr(s.rest, 1, 1)), substr(s.rest, 1, 1)) END
    FROM spelled s WHERE s.rest <> ''
  ),
  parted (player_id, word, rest) AS (
    SELECT player_id, '', plain || ' ' FROM spelled WHERE rest = ''
    UNION ALL
    SELECT player_id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM parted WHERE rest <> ''
  )
INSERT INTO player_words (word, player_id)
SELECT DISTINCT substr(word, 1, 40), player_id FROM parted WHERE word <> '' ON CONFLICT (word, player_id) DO NOTHING;
-- Two of the apostrophes are letters to Unicode.
DELETE FROM player_words WHERE instr(word, 'ʼ') > 0 OR instr(word, 'ʻ') > 0;

DROP TABLE folded_letters;

INSERT INTO player_words (word, player_id) SELECT lower(email), id FROM players WHERE email IS NOT NULL
ON CONFLICT (word, player_id) DO NOTHING;
