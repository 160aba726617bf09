//! A short film: JPEG frames in an MP4 file.

/// Frames a second.
const RATE: u32 = 4;

/// Puts `frames` (JPEG, all `width` × `height`) one after the other.
pub(super) fn film(frames: &[Vec<u8>], width: u16, height: u16) -> Vec<u8> {
    let ftyp = atom(
        b"ftyp",
        &[&b"isom"[..], &0x200_u32.to_be_bytes(), b"isomiso2mp41"].concat(),
    );
    // The table of offsets needs the size of what stands before the frames, which does not depend on it.
    let before = ftyp.len() + moov(frames, width, height, 0).len() + 8;
    let offset = u32::try_from(before).unwrap_or_default();
    let moov = moov(frames, width, height, offset);
    [ftyp, moov, atom(b"mdat", &frames.concat())].concat()
}

fn atom(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
    [&size.to_be_bytes()[..], name, body].concat()
}

/// An atom with version and flags.
fn full(name: &[u8; 4], flags: u32, words: &[u32]) -> Vec<u8> {
    let mut body = flags.to_be_bytes().to_vec();
    for word in words {
        body.extend(word.to_be_bytes());
    }
    atom(name, &body)
}

fn moov(frames: &[Vec<u8>], width: u16, height: u16, offset: u32) -> Vec<u8> {
    let count = u32::try_from(frames.len()).unwrap_or_default();
    let (w, h) = (u32::from(width) << 16, u32::from(height) << 16);
    let one = 0x0001_0000;
    let matrix = [one, 0, 0, 0, one, 0, 0, 0, 0x4000_0000];
    let mut head = vec![0, 0, RATE, count, one, 0x0100_0000, 0, 0];
    head.extend(matrix);
    head.extend([0, 0, 0, 0, 0, 0, 2]);
    let mut track = vec![0, 0, 1, 0, count, 0, 0, 0, 0];
    track.extend(matrix);
    track.extend([w, h]);
    let media = [
        full(b"mdhd", 0, &[0, 0, RATE, count, 0x55C4_0000]),
        atom(
            b"hdlr",
            &[&[0; 8][..], b"vide", &[0; 12], b"scenes\0"].concat(),
        ),
        atom(
            b"minf",
            &[
                full(b"vmhd", 1, &[0, 0]),
                atom(b"dinf", &listed(b"dref", &full(b"url ", 1, &[]))),
                table(frames, width, height, count, offset),
            ]
            .concat(),
        ),
    ]
    .concat();
    let trak = [full(b"tkhd", 7, &track), atom(b"mdia", &media)].concat();
    atom(
        b"moov",
        &[full(b"mvhd", 0, &head), atom(b"trak", &trak)].concat(),
    )
}

/// An atom that holds one entry.
fn listed(name: &[u8; 4], entry: &[u8]) -> Vec<u8> {
    atom(name, &[&[0, 0, 0, 0, 0, 0, 0, 1][..], entry].concat())
}

fn table(frames: &[Vec<u8>], width: u16, height: u16, count: u32, offset: u32) -> Vec<u8> {
    let entry = [
        &[0, 0, 0, 0, 0, 0, 0, 1][..],
        &[0; 16],
        &width.to_be_bytes(),
        &height.to_be_bytes(),
        &[0, 0x48, 0, 0, 0, 0x48, 0, 0],
        &[0; 4],
        &[0, 1],
        &[0; 32],
        &[0, 0x18, 0xFF, 0xFF],
    ]
    .concat();
    let mut sizes = vec![0, count];
    sizes.extend(
        frames
            .iter()
            .map(|f| u32::try_from(f.len()).unwrap_or_default()),
    );
    let tables = [
        listed(b"stsd", &atom(b"jpeg", &entry)),
        full(b"stts", 0, &[1, count, 1]),
        full(b"stsc", 0, &[1, 1, count, 1]),
        full(b"stsz", 0, &sizes),
        full(b"stco", 0, &[1, offset]),
    ];
    atom(b"stbl", &tables.concat())
}
