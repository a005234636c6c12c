/** The register of rights to show a number. */
export type AssignedTo = 'centre' | 'agent' | 'project' | 'client';

export interface Right {
  right_id: string;
  number: string;
  owner: string;
  document: string;
  assigned_to: AssignedTo;
  assigned_id: string;
  valid_from: string;
  valid_until: string | null;
  holds: boolean;
  ends_soon: boolean;
  documents: number;
}

export interface RightDocument {
  version: number;
  name: string;
  media_type: string;
  size: number;
  sha256: string;
  added_at: string;
  added_by: string;
}

/** The file as the service takes documents: its bytes in base64. */
export async function inBase64(file: File): Promise<{ name: string; content: string }> {
  const url = await new Promise<string>((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new TypeError('the file cannot be read'));
    reader.readAsDataURL(file);
  });
  return { name: file.name, content: url.slice(url.indexOf(',') + 1) };
}
