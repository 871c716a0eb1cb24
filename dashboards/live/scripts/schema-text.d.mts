export function schemaText(document: unknown): Promise<string>
